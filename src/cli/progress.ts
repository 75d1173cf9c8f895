/**
 * cli/progress — one line that says what is going on while something slow runs. On a terminal only.
 */
import type { Io } from './io.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;
const clearLine = '\r\u001b[K';

/** Shows `says()` on stderr until `work` is done. Without a terminal nothing is written. */
export async function withProgress<T>(io: Io, says: () => string, work: () => Promise<T>): Promise<T> {
  if (io.stderr.isTTY !== true) return work();
  let frame = 0;
  const draw = (): void => {
    io.stderr.write(`${clearLine}${frames[frame % frames.length]} ${says()}`);
    frame += 1;
  };
  draw();
  const timer = setInterval(draw, frameMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    io.stderr.write(clearLine);
  }
}
