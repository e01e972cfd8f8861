import { isIP } from 'node:net'
import { parseAddress } from '../../core/index.ts'
import type { Check } from '../draft.ts'
import { quoted } from '../path.ts'
import { readRedisAddress } from '../redis-address.ts'
import { lookAtNetworks } from './networks.ts'

const SQLITE = 'sqlite:'

/** Rules about addresses of other parts: database, Redis, upstreams, proxies, and our own name. */
export const addressChecks: readonly Check[] = [
  {
    name: 'the issuer is an address that tokens can carry',
    look: ({ issuer }, { say }) => {
      const wrong = issuer === undefined ? null : issuerFault(issuer)
      if (wrong !== null) say(['issuer'], wrong)
    },
  },
  {
    name: 'the database is one that is spoken here',
    look: ({ database }, { say }) => {
      const url = database?.url?.reveal()
      if (url === undefined) return
      const wrong = url.startsWith(SQLITE) ? sqliteFault(url.slice(SQLITE.length)) : postgresFault(url)
      if (wrong !== null) say(['database', 'url'], wrong)
    },
  },
  {
    name: 'Redis is one that is spoken here',
    look: ({ redis }, { say }) => {
      const url = redis?.url?.reveal()
      if (url === undefined) return
      const read = readRedisAddress(url)
      if (typeof read === 'string') say(['redis', 'url'], read)
    },
  },
  {
    name: 'targets are origins: where a request goes is for routes to say',
    look: ({ gateway }, { say }) => {
      for (const [name, upstream] of Object.entries(gateway?.upstreams ?? {})) {
        upstream?.targets?.forEach((target, i) => {
          const wrong = target === undefined ? null : targetFault(target)
          if (wrong !== null) say(['gateway', 'upstreams', name, 'targets', i], wrong)
        })
      }
    },
  },
  {
    name: 'trusted proxies are networks, and not the whole internet',
    look: ({ gateway, control }, findings) => {
      const said = { is: 'everybody', remark: ': then anyone could pretend to be any client; name your proxies' }
      lookAtNetworks(gateway?.trustedProxies, findings, { path: ['gateway', 'trustedProxies'], ...said })
      const from = ['gateway', 'proxyProtocol', 'from']
      lookAtNetworks(gateway?.proxyProtocol?.from, findings, { path: from, ...said })
      lookAtNetworks(control?.trustedProxies, findings, { path: ['control', 'trustedProxies'], ...said })
    },
  },
  {
    name: 'DNS servers are addresses',
    look: ({ identity }, { say }) => {
      identity?.dnsServers?.forEach((text, i) => {
        const isServer = text === undefined || isDnsServer(text)
        if (!isServer) say(['identity', 'dnsServers', i], DNS_FORM)
      })
    },
  },
]

const DNS_FORM = 'must be an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353'

function isDnsServer(text: string): boolean {
  const [, bracketed, plain, port = '53'] =
    /^(?:\[([0-9a-f:.]+)\]|([0-9.]+|[0-9a-f:.]+?))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const isPort = Number(port) > 0 && Number(port) <= 65_535
  return isPort && (bracketed === undefined ? isIP(plain ?? '') : isIP(bracketed)) !== 0
}

// OpenID Connect Discovery 1.0, section 2, and RFC 8414, section 2: https, no query, no fragment.
function issuerFault(text: string): string | null {
  const url = parseUrl(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return `must be an address such as https://auth.example.com, not ${quoted(text)}`
  if (hasUserInfo(url)) return 'must not hold a user name or password'
  if (/[?#]/.test(text)) return 'must not have a query or fragment (RFC 8414, section 2)'
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'must be https, but for a host of this machine such as localhost'
  const plain = url.href.replace(/\/$/, '')
  // Tokens are compared letter by letter, so there is one way to write it.
  return text === plain ? null : `must be written exactly as its tokens will carry it: ${plain}`
}

function sqliteFault(path: string): string | null {
  if (path === '' || path === ':memory:') return 'must name a file: `sqlite:PATH`'
  if (path.startsWith('~')) return '"~" is not replaced by a home folder; write the whole path'
  return /[?#]/.test(path) ? 'must be `sqlite:` and a path, without parameters' : null
}

function postgresFault(text: string): string | null {
  const url = parseUrl(text)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol))
    return 'must be `sqlite:PATH` or `postgres://USER@HOST/NAME`'
  return /^\/[^/]+$/.test(url.pathname) ? null : 'must name the database, as in `postgres://USER@HOST/NAME`'
}

function targetFault(text: string): string | null {
  const url = parseUrl(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return `must be http://HOST:PORT or https://HOST:PORT, not ${quoted(text)}`
  if (hasUserInfo(url)) return 'must not hold a user name or password'
  if (url.pathname !== '/' || /[?#]/.test(text))
    return 'must end after the port; `rewrite` and the paths of routes say the rest'
  return url.origin === text || `${url.origin}/` === text ? null : `must be written plainly: ${url.origin}`
}

function parseUrl(text: string): URL | null {
  // The parser drops tabs and line ends and trims; what it would mend is refused.
  return /[\s\\]/.test(text) ? null : URL.parse(text)
}

function hasUserInfo(url: URL): boolean {
  return url.username !== '' || url.password !== ''
}

// RFC 6761, section 6.3: names under localhost are this machine.
function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true
  const address = parseAddress(hostname.replace(/^\[(.*)\]$/, '$1'))
  return address !== null && (address.family === 4 ? address.bytes[0] === 127 : address.text === '::1')
}
