/** Reads an NDJSON answer as it arrives: whole lines, in the pieces the network gives. */

export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const pieces = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = pieces.pop() ?? "";
      const lines = pieces.filter((each) => each !== "");
      if (lines.length > 0) yield lines;
    }
    rest += decoder.decode();
    if (rest.trim() !== "") yield [rest];
  } finally {
    reader.releaseLock();
  }
}
