import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { CALLBACK, type Registered } from './relying-party.ts'

export type Heard = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }

/** Sends a request to the byte: any path, any headers, any body, and no redirect is followed. */
export function sendRaw(
  base: string,
  method: string,
  path: string,
  sent: { headers?: OutgoingHttpHeaders; body?: string | Buffer } = {},
): Promise<Heard> {
  const { hostname, port } = new URL(base)
  const { body, headers = {} } = sent
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, method, path, headers: { ...length, ...headers }, agent: false, maxHeaderSize: 1 << 20 },
      async (answer) => {
        const { statusCode = 0, headers: said } = answer
        resolve({ status: statusCode, headers: said, body: await text(answer) })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Sends bytes over a connection, and gives the first line of each answer that comes back on it. */
export function sendBytes(base: string, bytes: string | Buffer): Promise<string[]> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(bytes))
    socket.on('data', (part) => {
      heard += part.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(heard.split('\r\n').filter((line) => line.startsWith('HTTP/1.1 '))))
  })
}

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** The parameters of an authorization request as a client sends it that knows how. */
export function usualRequest(
  clientId: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    client_id: clientId,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'a-state',
    nonce: 'a-nonce',
    ...more,
  }
}

/** How a client with a secret says who it is. */
export function basicOf({ id, secret }: Registered): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
}
