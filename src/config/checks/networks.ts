import { parseNetwork, wholeFamily } from '../../core/index.ts'
import type { Findings } from '../draft.ts'
import type { Path } from '../path.ts'

/**
 * Looks at a list of networks: each must be one and not everything, and together they must not be everything either.
 *
 * @param remark what follows from everything, after the words that say so
 */
export function lookAtNetworks(
  texts: readonly (string | undefined)[] | undefined,
  { say }: Findings,
  { path, is, remark }: { readonly path: Path; readonly is: string; readonly remark: string },
): void {
  const networks = (texts ?? []).map((text) => parseNetwork(text ?? ''))
  networks.forEach((network, i) => {
    if (texts?.[i] === undefined) return
    if (typeof network === 'string') say([...path, i], network)
    else if (network.bits === 0) say([...path, i], `${texts[i]} is ${is}${remark}`)
  })
  // One that is everything alone was named already.
  const family = wholeFamily(networks.filter((it) => typeof it !== 'string').filter(({ bits }) => bits > 0))
  if (family !== null) say(path, `together they are every IPv${family} address${remark}`)
}
