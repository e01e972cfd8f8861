import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { makeCertificate } from '../../support/certificates.ts'

/** A web server of a client at an https address of this machine, which this process trusts. */
export type Documents = {
  /** `https://localhost:PORT` */
  readonly origin: string
  /** Has a document of JSON at a path from now on. @returns its address */
  readonly put: (path: string, json: unknown) => string
  readonly asked: () => readonly string[]
  readonly close: () => Promise<void>
}

export async function openDocuments(): Promise<Documents> {
  const { key, pem } = makeCertificate({ subject: { CN: 'localhost' }, host: 'localhost' })
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, pem])
  const documents = new Map<string, string>()
  const asked: string[] = []
  const server = createServer(
    { key: key.export({ type: 'pkcs8', format: 'pem' }), cert: pem },
    ({ url = '' }, response) => {
      asked.push(url)
      const found = documents.get(url)
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(found)
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`
  return Object.freeze({
    origin,
    put: (path: string, json: unknown) => {
      documents.set(path, JSON.stringify(json))
      return origin + path
    },
    asked: () => asked,
    close: async () => {
      setDefaultCACertificates(trusted)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
