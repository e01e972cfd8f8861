import { text as readAll } from 'node:stream/consumers'
import { firstWord, type Invocation } from './command.ts'
import { UsageError } from './usage.ts'

/** The key that a command was given: the word itself, or standard input for `-`, so that it need not stand in a shell's history. */
export async function keyWord(it: Invocation): Promise<string> {
  const word = firstWord(it)
  const key = word === '-' ? (await readAll(process.stdin)).trim() : word
  if (key === '') throw new UsageError('standard input holds no key')
  // A header holds no more than this, and an error of the network would tell less.
  if (!/^[\x21-\x7e]{1,512}$/.test(key)) throw new UsageError('a key is one word of at most 512 printable characters')
  return key
}
