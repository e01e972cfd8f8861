import { type Path, pathText } from './path.ts'
import type { Spot } from './tree.ts'

/** One mistake in the configuration: what is wrong, and everywhere one may look for it. */
export type ConfigProblem = {
  /** `gateway.routes[2].limits[0].max`; empty when it is about the file as a whole. */
  readonly path: string
  readonly message: string
  /** Where it was written, when that was a file; line and column count from 1 and are there for YAML. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** The environment variable, when it was written there. */
  readonly variable?: string
}

/** The most problems that one load tells of; a file with more is not what it was taken for. */
export const MOST_PROBLEMS = 100

/** Collects problems, each once. What is over the bound is not kept. */
export type Report = {
  readonly add: (path: Path, message: string, spot: Spot) => void
  readonly isEmpty: () => boolean
  readonly problems: () => readonly ConfigProblem[]
}

export function createReport(): Report {
  const kept: ConfigProblem[] = []
  const seen = new Set<string>()
  let more = false
  return Object.freeze({
    add: (path, message, spot) => {
      const problem = problemAt(path, message, spot)
      const line = formatProblem(problem)
      if (seen.has(line)) return
      if (kept.length === MOST_PROBLEMS) more = true
      else {
        kept.push(problem)
        seen.add(line)
      }
    },
    isEmpty: () => kept.length === 0,
    problems: () => {
      const sorted = kept.toSorted(inReadingOrder)
      return !more ? sorted : [...sorted, { path: '', message: 'there are more mistakes than are listed here' }]
    },
  })
}

// As one reads the file from top to bottom; what was written elsewhere comes last.
function inReadingOrder(a: ConfigProblem, b: ConfigProblem): number {
  if (a.line === undefined || b.line === undefined) return Number(a.line === undefined) - Number(b.line === undefined)
  return a.line - b.line || (a.column ?? 0) - (b.column ?? 0)
}

/** A problem at a spot. */
export function problemAt(path: Path, message: string, spot: Spot): ConfigProblem {
  const { file, line, column, variable } = spot
  return {
    path: pathText(path),
    message,
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(variable !== undefined && { variable }),
  }
}

/**
 * A problem as one line for people, in the form that editors and terminals make a link of.
 *
 * @example formatProblem(problem) // 'sallyport.yaml:12:14: gateway.routes[0].upstream: there is no upstream "ordres"; …'
 */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, variable, path, message } = problem
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return [place, variable, path, message].filter((part) => part !== undefined && part !== '').join(': ')
}
