// Strict TypeScript, accessibility, hooks, and our own rule: a component holds no raw colour and no raw pixel (tokens.css does).
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const HEX = "Literal[value=/^#[0-9a-fA-F]{3,8}$/]";
const PX = "Literal[value=/^-?[0-9.]+px$/]";
const HTML = "JSXAttribute[name.name='dangerouslySetInnerHTML']";

export default tseslint.config(
  { ignores: ["node_modules", "dist", "src/api/schema.ts"] },
  ...tseslint.configs.strict,
  jsxA11y.flatConfigs.strict,
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "react-hooks": reactHooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "max-lines": ["error", 400],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-restricted-properties": ["error", { property: "innerHTML", message: "telemetry text is text nodes only" }, { property: "outerHTML" }],
      "no-restricted-syntax": [
        "error",
        { selector: HEX, message: "colours live in theme/tokens.css" },
        { selector: PX, message: "sizes live in theme/tokens.css" },
        { selector: HTML, message: "telemetry text is text nodes only" },
      ],
    },
  },
);
