import { readFile } from 'node:fs/promises'
import { UsageError } from './usage.ts'

/** The text of a file that somebody named. */
export async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`)
  })
}

/** The JSON in a file that somebody named. */
export async function jsonOf(file: string): Promise<unknown> {
  const text = await textOf(file)
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${file} is not JSON`)
  }
}
