import type { Applied, LoadedConfig, WrittenGateway } from '../../config/index.ts'

/** Where the configuration came from, and how it is read once more. */
export type Reread = {
  /** The absolute path of its file; null where there is none. */
  readonly file: string | null
  /** What was written of the gateway when it was read first; null where nobody knows. */
  readonly written: WrittenGateway | null
  /** Reads it again, with what was applied in the place of what the file says of the gateway. */
  readonly load: (applied?: Applied) => Promise<LoadedConfig>
}

/** Of a process that was given its configuration as a value: nothing of it can be read again. */
export const NOT_READ_AGAIN: Reread = Object.freeze({
  file: null,
  written: null,
  load: async () => ({
    ok: false as const,
    file: null,
    problems: [{ path: '', message: 'this process was given its configuration, and cannot read it again' }],
  }),
})
