// Runs before the first paint: the stored theme and density, so that a dark page never flashes white. A file of its own, because the
// Content-Security-Policy allows no inline script. It shares only the storage key with src/shell/preferences.ts.
(function () {
  var stored = {};
  try {
    stored = JSON.parse(localStorage.getItem("pilotage.preferences") || "{}");
  } catch {
    stored = {};
  }
  var dark = stored.theme === "dark" || (stored.theme !== "light" && !window.matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
