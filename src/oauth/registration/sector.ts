import type { FieldError } from '../../core/index.ts'
import type { ClientSettings } from '../client/client.ts'
import type { Metadata } from './stranger.ts'

const PATH = 'sector_identifier_uri'
const MOST = 1000

/**
 * What is wrong with a sector identifier (OpenID Connect Dynamic Client Registration, section 5): its document must name
 * every redirect address. Subjects are computed from the host of those, so it has to be on that host.
 */
export async function sectorFault(
  sent: Metadata,
  { redirectUris }: ClientSettings,
  fetchIt: typeof fetch,
): Promise<FieldError | null> {
  const address = sent[PATH]
  if (address === undefined || address === null) return null
  const url = typeof address === 'string' && address.length <= 512 ? URL.parse(address) : null
  if (url?.protocol !== 'https:') return { path: PATH, message: 'must be an https address' }
  if (redirectUris.some((uri) => URL.parse(uri)?.host !== url.host))
    return { path: PATH, message: 'must be on the host of all redirect_uris' }
  const named = await readList(url.href, fetchIt)
  if (named === null) return { path: PATH, message: 'could not be read as a list of addresses' }
  return redirectUris.every((uri) => named.includes(uri))
    ? null
    : { path: PATH, message: 'must name all redirect_uris' }
}

async function readList(address: string, fetchIt: typeof fetch): Promise<readonly string[] | null> {
  try {
    const answer = await fetchIt(address, { headers: { accept: 'application/json' }, redirect: 'error' })
    const list: unknown = answer.status === 200 ? await answer.json() : null
    const isList = Array.isArray(list) && list.length <= MOST && list.every((it) => typeof it === 'string')
    return isList ? list : null
  } catch {
    return null
  }
}
