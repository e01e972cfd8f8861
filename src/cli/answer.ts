import type { Answer } from './api.ts'
import { EXIT, type Exit, type Invocation } from './command.ts'

/** Calls the API and shows what it answers: the body for success, the problem otherwise. */
export async function show(
  invocation: Invocation,
  method: string,
  path: string,
  body: unknown,
  people: (body: Record<string, unknown>) => string,
): Promise<Exit> {
  const api = await invocation.api()
  return showAnswer(invocation, await api.call(method, path, body), people)
}

export function showAnswer(
  invocation: Invocation,
  answer: Answer,
  people: (body: Record<string, unknown>) => string,
): Exit {
  const body = (answer.body ?? {}) as Record<string, unknown>
  if (answer.status >= 400) return showProblem(invocation, body, answer.status)
  invocation.output.result(body, () => people(body))
  return EXIT.good
}

function showProblem({ output, options }: Invocation, problem: Record<string, unknown>, status: number): Exit {
  if (output.json) output.result(problem, () => '')
  else for (const line of problemLines(problem, options)) output.say(line)
  return status === 400 ? EXIT.usage : EXIT.bad
}

function problemLines(problem: Record<string, unknown>, options: Invocation['options']): string[] {
  const errors = Array.isArray(problem.errors) ? (problem.errors as { path: string; message: string }[]) : []
  return [
    `${problem.code ?? 'Failed'}: ${problem.detail ?? ''}`,
    ...errors.map(({ path, message }) => `  ${nameOf(path, options)}: ${message}`),
  ]
}

// Whoever typed an option knows nothing of the query it became.
function nameOf(path: string, options: Invocation['options']): string {
  if (!path.startsWith('query.')) return path
  const name = path.slice('query.'.length)
  const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return option in options ? `--${option}` : name
}

/** A query string of the values that are there. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
