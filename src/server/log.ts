import { type Logger, pino } from 'pino'
import type { Config } from '../config/index.ts'
import { logRedaction } from '../secrets/index.ts'

export type Log = Logger

/** The process's log: JSON lines on stderr, cleaned by the one list of secrets (row S3). */
export function createLog(level: Config['log']['level']): Log {
  const { formatters, ...redaction } = logRedaction
  return pino(
    {
      ...redaction,
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { ...formatters, level: (label: string) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
