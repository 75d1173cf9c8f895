/**
 * base/logger — the shape of a logger. observe/ makes it real; tests may use `silentLogger`.
 *
 * A log line is a constant sentence and fields, so that lines can be counted.
 */

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger whose lines all carry `fields`; `room` is always among them. */
  child(fields: object): Logger;
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child() {
    return silentLogger;
  },
};
