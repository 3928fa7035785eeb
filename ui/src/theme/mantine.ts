/** Mantine in the colours and sizes of `tokens.css`: every variable of theirs points at one of ours. */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const shades = (name: string): MantineColorsTuple => Array.from({ length: 10 }, () => `var(--${name})`) as unknown as MantineColorsTuple;

// Mantine draws dark pages with its `dark` shades (0 text … 7 page) and light ones with `gray` (0 page … 9 text).
const DARK = ["text", "text-soft", "text-faint", "border-strong", "border", "hover", "raised", "surface", "sunken", "sunken"];
const GRAY = ["sunken", "hover", "pressed", "border", "border", "text-faint", "text-faint", "text-soft", "text", "text"];
const ramp = (names: readonly string[]): MantineColorsTuple => names.map((name) => `var(--${name})`) as unknown as MantineColorsTuple;

export const theme = createTheme({
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-mono)",
  fontSizes: { xs: "var(--text-2)", sm: "var(--text-3)", md: "var(--text-4)", lg: "var(--text-5)", xl: "var(--text-6)" },
  spacing: { xs: "var(--space-1)", sm: "var(--space-2)", md: "var(--space-3)", lg: "var(--space-4)", xl: "var(--space-5)" },
  radius: { xs: "var(--radius-1)", sm: "var(--radius-2)", md: "var(--radius-2)", lg: "var(--radius-3)", xl: "var(--radius-3)" },
  shadows: { xs: "var(--shadow)", sm: "var(--shadow)", md: "var(--shadow)", lg: "var(--shadow)", xl: "var(--shadow)" },
  defaultRadius: "sm",
  primaryColor: "accent",
  colors: { accent: shades("accent"), red: shades("critical"), dark: ramp(DARK), gray: ramp(GRAY) },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // What opens over the page still belongs to its main part.
    Portal: { defaultProps: { target: "#content" } },
    Button: { defaultProps: { size: "xs", variant: "filled" } },
    ActionIcon: { defaultProps: { size: "md", variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs", comboboxProps: { shadow: "md", transitionProps: { duration: 0 } } } },
    SegmentedControl: { defaultProps: { size: "xs", transitionDuration: 0 } },
    Checkbox: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 0 } } },
    Popover: { defaultProps: { shadow: "md", transitionProps: { duration: 0 } } },
    // The page itself never scrolls, and locking would insert a style without our nonce.
    Modal: { defaultProps: { lockScroll: false, transitionProps: { duration: 0 }, overlayProps: { color: "var(--veil)", backgroundOpacity: 1 } } },
    Tooltip: { defaultProps: { openDelay: 350, transitionProps: { duration: 0 }, color: "var(--pressed)", fz: "xs" } },
    Tabs: { defaultProps: { keepMounted: false } },
  },
});

const SHARED = {
  "--mantine-color-body": "var(--page)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-bright": "var(--text)",
  "--mantine-color-dimmed": "var(--text-soft)",
  "--mantine-color-placeholder": "var(--text-faint)",
  "--mantine-color-anchor": "var(--accent-text)",
  "--mantine-color-error": "var(--critical)",
  "--mantine-color-default": "var(--raised)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-default-border": "var(--border)",
  "--mantine-color-disabled": "var(--sunken)",
  "--mantine-color-disabled-color": "var(--text-faint)",
  "--mantine-color-disabled-border": "var(--border)",
  "--mantine-color-accent-filled": "var(--accent)",
  "--mantine-color-accent-filled-hover": "var(--accent-text)",
  "--mantine-color-accent-light": "var(--accent-soft)",
  "--mantine-color-accent-light-hover": "var(--pressed)",
  "--mantine-color-accent-light-color": "var(--accent-text)",
  "--mantine-color-accent-outline": "var(--accent)",
  "--mantine-color-accent-contrast": "var(--on-accent)",
  "--mantine-primary-color-contrast": "var(--on-accent)",
  "--mantine-color-gray-light-hover": "var(--hover)",
  "--mantine-color-gray-light-color": "var(--text-soft)",
  "--mantine-line-height": "var(--leading)",
};

export const variables: CSSVariablesResolver = () => ({ variables: {}, light: SHARED, dark: SHARED });

/** The nonce of this page's Content-Security-Policy; the server writes it into the meta tag. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
