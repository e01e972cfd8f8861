import { resolve as absolute, dirname } from 'node:path'
import { Secret } from '../core/index.ts'
import type { Path } from './path.ts'
import type { Config } from './schema.ts'
import type { Spot } from './tree.ts'

/** A configuration in which everything is right, but what follows from other values may be missing still. */
export type Underived = Omit<Config, 'issuer' | 'database'> & {
  readonly issuer: string | undefined
  readonly database: Omit<Config['database'], 'url'> & { readonly url: Secret | undefined }
}

/** From where relative paths are counted. */
export type Places = {
  readonly cwd: string
  /** The absolute path of the configuration file; null when there is none. */
  readonly file: string | null
  readonly writtenIn: (path: Path) => Spot['from'] | null
}

const SQLITE = 'sqlite:'

/**
 * Fills in what follows from other values and makes every path absolute: those written in a file start at its folder,
 * all others (environment, arguments, defaults) at the working directory.
 */
export function derive(config: Underived, places: Places): Config {
  const full = (path: Path, value: string): string => absolute(folderFor(path, places), value)
  const fullOrNull = (path: Path, value: string | null): string | null => (value === null ? null : full(path, value))
  const data = full(['data'], config.data)
  return {
    ...config,
    data,
    issuer: config.issuer ?? `http://localhost:${config.control.port}`,
    database: {
      ...config.database,
      url: databaseUrl(config.database.url, data, (value) => full(['database', 'url'], value)),
    },
    master: { ...config.master, keyFile: fullOrNull(['master', 'keyFile'], config.master.keyFile) },
    control: { ...config.control, tls: placedTls(config.control.tls, fullOrNull) },
    geo: { ...config.geo, database: fullOrNull(['geo', 'database'], config.geo.database) },
    audit: { ...config.audit, checkpointFile: fullOrNull(['audit', 'checkpointFile'], config.audit.checkpointFile) },
    identity: { ...config.identity, passkeys: placedPasskeys(config.identity.passkeys, fullOrNull) },
    notices: {
      ...config.notices,
      mail: {
        ...config.notices.mail,
        passwordFile: fullOrNull(['notices', 'mail', 'passwordFile'], config.notices.mail.passwordFile),
        templates: fullOrNull(['notices', 'mail', 'templates'], config.notices.mail.templates),
      },
      sms: {
        ...config.notices.sms,
        secretFile: fullOrNull(['notices', 'sms', 'secretFile'], config.notices.sms.secretFile),
      },
    },
    secretStores: placed(config.secretStores, fullOrNull),
    gateway: {
      ...config.gateway,
      tls: placedGatewayTls(config.gateway.tls, fullOrNull),
      documents: placedDocuments(config.gateway.documents, full),
      routes: placedRoutes(config.gateway.routes, fullOrNull),
      upstreams: placedUpstreams(originsOnly(config.gateway.upstreams), fullOrNull),
    },
  }
}

function placedTls(
  { cert, key, clientCa, ...tls }: Underived['control']['tls'],
  full: (path: Path, value: string | null) => string | null,
): Underived['control']['tls'] {
  const at = (name: string, value: string | null) => full(['control', 'tls', name], value)
  return { ...tls, cert: at('cert', cert), key: at('key', key), clientCa: at('clientCa', clientCa) }
}

type Full = (path: Path, value: string | null) => string | null

function placedGatewayTls(tls: Config['gateway']['tls'], full: Full): Config['gateway']['tls'] {
  if (tls === null) return null
  const at = ['gateway', 'tls']
  const whole = (path: Path, value: string) => full([...at, ...path], value) ?? value
  const certificates = tls.certificates.map(({ certificate, key, hosts }, i) => ({
    certificate: whole(['certificates', i, 'certificate'], certificate),
    key: whole(['certificates', i, 'key'], key),
    hosts,
  }))
  if (tls.clients === null) return { ...tls, certificates }
  const { ca, crl, required } = tls.clients
  const clients = { ca: whole(['clients', 'ca'], ca), crl: full([...at, 'clients', 'crl'], crl), required }
  return { ...tls, certificates, clients }
}

function placedUpstreams(upstreams: Config['gateway']['upstreams'], full: Full): Config['gateway']['upstreams'] {
  const whole: Record<string, Config['gateway']['upstreams'][string]> = Object.create(null)
  for (const [name, upstream] of Object.entries(upstreams)) {
    const { ca, certificate, key, ...rest } = upstream.tls
    const at = (word: string, value: string | null) => full(['gateway', 'upstreams', name, 'tls', word], value)
    const tls = { ...rest, ca: at('ca', ca), certificate: at('certificate', certificate), key: at('key', key) }
    whole[name] = { ...upstream, tls }
  }
  return whole
}

function folderFor(path: Path, { cwd, file, writtenIn }: Places): string {
  return file !== null && writtenIn(path) === 'file' ? dirname(file) : cwd
}

function databaseUrl(url: Secret | undefined, data: string, full: (value: string) => string): Secret {
  const text = url?.reveal() ?? `${SQLITE}${absolute(data, 'sallyport.db')}`
  return new Secret(text.startsWith(SQLITE) ? SQLITE + full(text.slice(SQLITE.length)) : text)
}

function placedPasskeys(
  passkeys: Config['identity']['passkeys'],
  full: (path: Path, value: string | null) => string | null,
): Config['identity']['passkeys'] {
  const at = (setting: 'metadataFile' | 'metadataRootFile') =>
    full(['identity', 'passkeys', setting], passkeys[setting])
  return { ...passkeys, metadataFile: at('metadataFile'), metadataRootFile: at('metadataRootFile') }
}

function placed(
  stores: Config['secretStores'],
  full: (path: Path, value: string | null) => string | null,
): Config['secretStores'] {
  const whole: Record<string, Config['secretStores'][string]> = Object.create(null)
  for (const [name, { folder, file, ...rest }] of Object.entries(stores)) {
    const at = (setting: string) => ['secretStores', name, setting]
    whole[name] = { ...rest, folder: full(at('folder'), folder), file: full(at('file'), file) }
  }
  return whole
}

function placedDocuments(
  documents: Config['gateway']['documents'],
  full: (path: Path, value: string) => string,
): Config['gateway']['documents'] {
  const whole: Record<string, Config['gateway']['documents'][string]> = Object.create(null)
  for (const [name, { file }] of Object.entries(documents))
    whole[name] = { file: full(['gateway', 'documents', name, 'file'], file) }
  return whole
}

function placedRoutes(routes: Config['gateway']['routes'], full: Full): Config['gateway']['routes'] {
  return routes.map((written, i) => {
    const route = {
      ...written,
      flow: placedFlow(written.flow, (path, value) => full(['gateway', 'routes', i, ...path], value)),
    }
    const { graphql } = route.input
    if (graphql === null) return route
    const at = (setting: string) => ['gateway', 'routes', i, 'input', 'graphql', setting]
    const files = {
      schema: full(at('schema'), graphql.schema),
      persisted: full(at('persisted'), graphql.persisted),
    }
    return { ...route, input: { ...route.input, graphql: { ...graphql, ...files } } }
  })
}

function placedFlow(flow: Config['gateway']['routes'][number]['flow'], full: Full) {
  if (flow === null) return null
  const { secretFile } = flow.verify
  return { ...flow, verify: { ...flow.verify, secretFile: full(['flow', 'verify', 'secretFile'], secretFile) } }
}

// `http://host/` and `http://host` are the same origin; the rest of Sallyport sees one form.
function originsOnly(upstreams: Config['gateway']['upstreams']): Config['gateway']['upstreams'] {
  const plain: Record<string, Config['gateway']['upstreams'][string]> = Object.create(null)
  for (const [name, upstream] of Object.entries(upstreams)) {
    plain[name] = { ...upstream, targets: upstream.targets.map((target) => new URL(target).origin) }
  }
  return plain
}
