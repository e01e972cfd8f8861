/** What a secret is called, in any spelling: letter case, `-`, `_`, `.` and spaces do not count. */
const WORDS: readonly string[] = [
  'accesskey',
  'accesstoken',
  'apikey',
  'assertion',
  'auth',
  'authorization',
  'bearer',
  'clientsecret',
  'cookie',
  'credential',
  'credentials',
  'idtoken',
  'jwt',
  'masterkey',
  'otp',
  'pass',
  'passcode',
  'passphrase',
  'passwd',
  'password',
  'pepper',
  'privatekey',
  'pwd',
  'recoverycode',
  'refreshtoken',
  'secret',
  'secretkey',
  'sessionid',
  'setcookie',
  'sid',
  'signature',
  'signingkey',
  'token',
  'xapikey',
  'xmfacode',
  'xsallyportidentity',
]

// A name that ends in one of these is secret too: `db_password`, `x-vault-token`, `proxy-authorization`.
const ENDINGS: readonly string[] = [
  'accesskey',
  'apikey',
  'authorization',
  'clientsecret',
  'cookie',
  'masterkey',
  'passphrase',
  'passwd',
  'password',
  'privatekey',
  'secret',
  'secretkey',
  'signingkey',
  'token',
]

const NAMES: ReadonlySet<string> = new Set(WORDS)
const ENDING = new RegExp(`(?:${ENDINGS.join('|')})$`)
const LONGEST_NAME = 128

/** Names as they are written, for loggers that redact by path. */
export const WRITTEN_NAMES: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'apikey',
  'apiKey',
  'api_key',
  'password',
  'passphrase',
  'secret',
  'token',
  'client_secret',
  'clientSecret',
  'access_token',
  'refresh_token',
  'id_token',
]

/** Whether a header, field, parameter or property of this name holds a secret. */
export function isSecretName(name: string): boolean {
  if (name.length > LONGEST_NAME) return false
  const bare = name.toLowerCase().replace(/[-_. ]/g, '')
  return NAMES.has(bare) || ENDING.test(bare)
}
