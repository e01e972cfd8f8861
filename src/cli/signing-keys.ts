import { show } from './answer.ts'
import type { Command } from './command.ts'
import { table } from './output.ts'

export const signingKeyCommands: readonly Command[] = [
  {
    noun: 'signing-keys',
    verb: 'list',
    summary: 'List the keys that sign tokens, newest first.',
    examples: ['sallyport signing-keys list --json'],
    run: (it) =>
      show(it, 'GET', '/v1/signing-keys', undefined, (page) => {
        const items = page.items as { id: string; algorithm: string; createdAt: string }[]
        return table(
          ['ID', 'ALGORITHM', 'CREATED'],
          items.map(({ id, algorithm, createdAt }) => [id, algorithm, createdAt]),
        )
      }),
  },
]
