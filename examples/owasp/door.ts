/** Where attacks are played: the shop itself, or the gateway before it. */
export type Door = {
  readonly ask: (path: string, options?: AskOptions) => Promise<Answer>
  /** Asks the control plane as its operator; null at the shop itself, which has none. */
  readonly control: ((path: string, body?: unknown) => Promise<Answer>) | null
  readonly place: Place
}

/** What attackers have: a key and a token of Ana, and addresses that they would like to reach. */
export type Place = {
  readonly key: string
  readonly token: string
  /** What only this machine can reach. */
  readonly inside: string
  /** A server of the attacker. */
  readonly attacker: string
}

export type AskOptions = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A text, bytes, or a value that is sent as JSON. */
  readonly body?: unknown
  /** Without Ana’s key. */
  readonly anonymous?: boolean
}

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The code of a problem, or null. */
  readonly code: string | null
}

/** One attack on an API. */
export type Attack = {
  readonly name: string
  /** Answers the last thing that it was told. */
  readonly play: (door: Door) => Promise<Answer>
  /** What an attacker got out of an answer, or null. */
  readonly got: (answer: Answer) => string | null
  /** What the gateway answers, such as `404 OBJECT_NOT_FOUND`. */
  readonly refused: string
}

export function openDoor(url: string, place: Place, control: Door['control'] = null): Door {
  return {
    place,
    control,
    ask: (path, { method = 'GET', headers = {}, body, anonymous = false } = {}) =>
      send(`${url}${path}`, {
        method,
        headers: {
          ...(anonymous ? {} : { 'x-api-key': place.key }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: bodyOf(body),
      }),
  }
}

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> | null {
  if (body === undefined) return null
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}

export async function send(url: string, init: RequestInit): Promise<Answer> {
  const { status, headers, ...answer } = await read(url, init)
  return { status, headers, text: answer.text, code: codeOf(answer.text) }
}

async function read(url: string, init: RequestInit) {
  const answer = await fetch(url, { redirect: 'manual', ...init })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

function codeOf(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : null
  } catch {
    return null
  }
}

/** An answer in a few words. */
export function told({ status, code }: Answer): string {
  return code === null ? String(status) : `${status} ${code}`
}
