import type { Check } from '../draft.ts'
import { eachRoute } from './routes.ts'

const KINDS = ['card', 'ssn', 'privateKey', 'cloudKey', 'ownKey'] as const

/** Rules about answers of upstreams. */
export const answerChecks: readonly Check[] = [
  {
    name: 'who has answers looked through says what for',
    look: eachRoute(({ output }, path, say) => {
      const leaks = output?.leaks
      if (leaks === undefined || leaks === null || KINDS.some((kind) => leaks[kind] !== null)) return
      say([...path, 'output', 'leaks'], `looks for nothing; name at least one of ${KINDS.join(', ')}`, 'key')
    }),
  },
]
