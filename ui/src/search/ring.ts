/** The last N lines of a live tail: memory stays level however long it runs. */

export class Ring {
  private readonly slots: string[];
  private next = 0;
  private seen = 0;

  constructor(readonly most: number) {
    this.slots = [];
  }

  push(lines: readonly string[]): void {
    for (const line of lines) {
      this.slots[this.next] = line;
      this.next = (this.next + 1) % this.most;
      this.seen += 1;
    }
  }

  /** Lines seen since the start, dropped ones included. */
  get total(): number {
    return this.seen;
  }

  /** What is kept, newest first. */
  newestFirst(): string[] {
    const kept = Math.min(this.seen, this.most);
    return Array.from({ length: kept }, (_, back) => this.slots[(this.next - 1 - back + this.most) % this.most] ?? "");
  }
}
