import type { Check } from '../draft.ts'
import { quoted } from '../path.ts'
import { UNSIGNABLE } from '../sections/gateway-signatures.ts'
import { eachRoute } from './routes.ts'

/** Rules about signed requests. */
export const signatureChecks: readonly Check[] = [
  {
    name: 'what is asked of signatures is asked where signatures are taken, of headers that can be signed',
    look: eachRoute(({ authenticate, signatures }, path, say) => {
      const covers = signatures?.covers ?? []
      if (authenticate?.every((kind) => kind !== undefined && kind !== 'signature') === true && covers.length > 0)
        say([...path, 'signatures', 'covers'], 'has no meaning: the route takes no signatures', 'key')
      covers.forEach((name, i) => {
        if (name === undefined || !UNSIGNABLE.includes(name)) return
        say([...path, 'signatures', 'covers', i], `${quoted(name)} is of one connection, or part of the signature`)
      })
    }),
  },
  {
    name: 'signatures are taken where bodies are seen',
    look: eachRoute(({ authenticate, decisions }, path, say) => {
      if (decisions !== true || authenticate?.includes('signature') !== true) return
      say(
        [...path, 'decisions'],
        'can not be true beside `authenticate: [signature]`: the proxy that asks keeps the body, and nobody would hold it to its digest',
        'key',
      )
    }),
  },
]
