/** What the agent reports to: pino's shape, so that the command line passes its logger as it is. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
