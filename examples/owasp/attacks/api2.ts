import type { Answer, Attack, Door } from '../door.ts'

const PASSWORDS = ['123456', 'password', 'qwerty', 'letmein', 'iloveyou', 'monkey', 'sunshine', 'dragon']

export const attacks: readonly Attack[] = [
  {
    name: 'a token that nobody signed (alg none)',
    play: ({ ask }) => askAs(ask, `${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims())}.`),
    got: boss,
    refused: '401 TOKEN_MALFORMED',
  },
  {
    name: 'a real token with another name in it',
    play: ({ ask, place }) => {
      const [head = '', payload = '', signature = ''] = place.token.split('.')
      const real = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
      return askAs(ask, `${head}.${part({ ...real, sub: 'usr_boss' })}.${signature}`)
    },
    got: boss,
    refused: '401 SIGNATURE_INVALID',
  },
  {
    name: 'a caller who says in a header who they are',
    play: ({ ask }) => ask('/whoami', { headers: { 'x-principal-id': 'usr_boss', 'x-principal-kind': 'person' } }),
    got: boss,
    refused: '200',
  },
  {
    name: 'the password of Ana, guessed',
    play: guess,
    got: ({ text }) => (text.includes('welcome') ? text : null),
    refused: '429 RATE_LIMITED',
  },
]

function askAs(ask: Door['ask'], token: string): Promise<Answer> {
  return ask('/me', { anonymous: true, headers: { authorization: `Bearer ${token}` } })
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function claims(): object {
  const now = Math.floor(Date.now() / 1000)
  return { iss: 'http://localhost:4000', sub: 'usr_boss', aud: 'shop', iat: now, exp: now + 3600, jti: 'x' }
}

function boss({ text }: Answer): string | null {
  return text.includes('usr_boss') ? text : null
}

async function guess({ ask }: Door): Promise<Answer> {
  let answer = await ask('/sign-in', { method: 'POST', body: { email: 'ana@example.com', password: '' } })
  for (const password of PASSWORDS)
    answer = await ask('/sign-in', { method: 'POST', body: { email: 'ana@example.com', password } })
  return answer
}
