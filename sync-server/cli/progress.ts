/** A line that counts, on standard error: rewritten at a terminal, now and then elsewhere. */

/** Between two lines where they cannot be rewritten, in milliseconds. */
const interval = 5_000;

export interface Progress {
  readonly at: (done: number, total: number) => void;
  readonly done: () => void;
}

export function showProgress(what: string): Progress {
  const { stderr } = process;
  let last = Date.now();
  let shown = false;
  return {
    at(done, total) {
      const text = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${what}`;
      if (stderr.isTTY) {
        stderr.write(`\r${text}\u001B[K`);
        shown = true;
      } else if (done < total && Date.now() - last > interval) {
        stderr.write(`${text}\n`);
        last = Date.now();
      }
    },
    done() {
      if (shown) stderr.write('\r\u001B[K');
    },
  };
}
