/** A line that is written over and over, for people who wait. */
export type ProgressLine = { readonly tell: (words: string) => void; readonly end: () => void }

const EVERY_MS = 100
const SILENT: ProgressLine = Object.freeze({ tell: () => undefined, end: () => undefined })

/** Shows progress on a terminal, and nothing anywhere else: logs and pipes are for results. */
export function createProgressLine(out: NodeJS.WriteStream): ProgressLine {
  if (!out.isTTY) return SILENT
  let last = Number.NEGATIVE_INFINITY
  const write = (words: string) => out.write(`\r\u001b[2K${words}`)
  return Object.freeze({
    tell: (words: string) => {
      const now = performance.now()
      if (now - last < EVERY_MS) return
      last = now
      write(words.replace(/\p{Cc}/gu, '�').slice(0, Math.max(20, (out.columns ?? 80) - 1)))
    },
    end: () => void write(''),
  })
}
