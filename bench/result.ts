/** One figure: its median and spread over the rounds, what was promised of it, and whether that was met. */
export type Figure = {
  readonly name: string
  readonly unit: string
  readonly median: number
  readonly least: number
  readonly most: number
  readonly rounds: number
  /** What was promised, in words; null for a figure that is only reported. */
  readonly promise: string | null
  readonly met: boolean | null
}

export function figure(
  name: string,
  unit: string,
  values: readonly number[],
  promise?: { readonly words: string; readonly holds: (median: number) => boolean },
): Figure {
  const sorted = [...values].sort((a, b) => a - b)
  const median = medianOf(sorted)
  return {
    name,
    unit,
    median,
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
    rounds: values.length,
    promise: promise?.words ?? null,
    met: promise === undefined ? null : promise.holds(median),
  }
}

export function atLeast(bound: number) {
  return { words: `at least ${bound.toLocaleString('en')}`, holds: (median: number) => median >= bound }
}

export function atMost(bound: number) {
  return { words: `at most ${bound.toLocaleString('en')}`, holds: (median: number) => median <= bound }
}

/** The figures as a table for people. */
export function figuresTable(figures: readonly Figure[]): string {
  const rows = figures.map((it) => [
    it.name,
    `${round(it.median)} ${it.unit}`,
    `${round(it.least)} to ${round(it.most)}`,
    String(it.rounds),
    it.promise ?? '',
    it.met === null ? '' : it.met ? 'met' : 'NOT MET',
  ])
  const head = ['figure', 'median', 'spread', 'rounds', 'promise', '']
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return lines.join('\n')
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}
