/** Puts a text on the clipboard and says so. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { Icon } from "@/shell/Icon";
import { copyText } from "./clipboard";

export function CopyButton({ text, label }: { text: string; label: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => setCopied(await copyText(text));
  return (
    <Tooltip label={copied ? "Copied" : label}>
      <ActionIcon size="sm" aria-label={copied ? "Copied" : label} onClick={() => void copy()}>
        <Icon name={copied ? "check" : "copy"} />
      </ActionIcon>
    </Tooltip>
  );
}
