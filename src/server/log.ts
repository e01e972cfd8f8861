import { type Logger, pino } from 'pino'
import type { Config } from '../config/index.ts'
import { redact } from '../secrets/index.ts'

export type Log = Logger

/** The process's log: JSON lines on stderr, redacted by the one list of secrets. */
export function createLog(level: Config['log']['level']): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => redact(fields) as Record<string, unknown> },
      hooks: {
        logMethod(args, method) {
          method.apply(
            this,
            args.map((arg) => (typeof arg === 'string' ? (redact(arg) as string) : arg)) as Parameters<typeof method>,
          )
        },
      },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
