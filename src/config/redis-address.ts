/** Where Redis is: one server, or whichever one the Sentinels say is the master of this name. */
export type RedisAddress = {
  readonly tls: boolean
  readonly nodes: readonly RedisNode[]
  /** The name that the Sentinels know the master by; null where the one node is Redis itself. */
  readonly master: string | null
  readonly username: string | null
  readonly password: string | null
  readonly database: number
}

export type RedisNode = { readonly host: string; readonly port: number }

const FORM = /^redis(s?)(-sentinel)?:\/\/(?:([^/?#]*)@)?([^/?#@]+)([^?#]*)(?:\?([^#]*))?(#.*)?$/
const NODE = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?$/
const MASTER = /^[A-Za-z0-9._-]{1,64}$/
const PORTS = { redis: 6379, sentinel: 26_379 }

const WANTED =
  'must be `redis://HOST:PORT` or `rediss://HOST:PORT`, or `redis-sentinel://HOST:PORT,HOST:PORT?master=NAME`'

/**
 * Reads `redis://`, `rediss://` (TLS), `redis-sentinel://` or `rediss-sentinel://` (TLS to the Sentinels and to Redis). A user and
 * password are those of Redis, with `%` before what has a meaning in addresses.
 *
 * @returns in words what is wrong; no word of the address is in it
 */
export function readRedisAddress(text: string): RedisAddress | string {
  const [whole, tls, sentinel, user, hosts = '', path = '', query, fragment] = FORM.exec(text) ?? []
  if (whole === undefined || fragment !== undefined) return WANTED
  const nodes = hosts.split(',').map((host) => nodeOf(host, sentinel === undefined ? PORTS.redis : PORTS.sentinel))
  if (nodes.includes(null) || nodes.length > 32) return WANTED
  const database = /^\/?$|^\/([0-9]{1,5})$/.exec(path)
  if (database === null) return 'may end in the number of a database, as in `redis://HOST:6379/0`, and in nothing else'
  const master = masterOf(query, sentinel !== undefined, nodes.length)
  if (typeof master !== 'string' && master !== null) return master.wrong
  const credentials = credentialsOf(user)
  if (credentials === null) return 'has a user or password that cannot be read; write % before what has a meaning'
  return Object.freeze({
    tls: tls === 's',
    nodes: Object.freeze(nodes.filter((node) => node !== null)),
    master,
    ...credentials,
    database: Number(database[1] ?? 0),
  })
}

function nodeOf(text: string, usual: number): RedisNode | null {
  const [, host, port] = NODE.exec(text) ?? []
  if (host === undefined) return null
  const number = port === undefined ? usual : Number(port)
  return number < 1 || number > 65_535 ? null : Object.freeze({ host: host.replace(/^\[|\]$/g, ''), port: number })
}

function masterOf(query: string | undefined, sentinel: boolean, nodes: number): string | null | { wrong: string } {
  if (!sentinel) return query === undefined && nodes === 1 ? null : { wrong: WANTED }
  const [, name] = /^master=([^&]*)$/.exec(query ?? '') ?? []
  if (name !== undefined && MASTER.test(name)) return name
  return { wrong: 'must name the master that the Sentinels watch, and nothing else, as in `…?master=NAME`' }
}

function credentialsOf(user: string | undefined): { username: string | null; password: string | null } | null {
  if (user === undefined) return { username: null, password: null }
  const at = user.indexOf(':')
  try {
    const [name, password] = (at === -1 ? [user, ''] : [user.slice(0, at), user.slice(at + 1)]).map(decodeURIComponent)
    return { username: name || null, password: password || null }
  } catch {
    return null
  }
}
