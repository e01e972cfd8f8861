import { randomBytes, scrypt } from 'node:crypto'
import { join } from 'node:path'
import type { Secret } from '../core/index.ts'
import type { Dialect } from '../store/index.ts'
import { generateKeyFile, readKeyFile } from './key-file.ts'
import { parseMasterKey } from './master.ts'

const SALT_BYTES = 32
const SCRYPT = { N: 2 ** 17, r: 8, p: 1 } as const
const SCRYPT_MEMORY = 256 * 1024 * 1024
const GENERATED_FILE = 'master.key'

/** What the database remembers of a master key. */
export type MasterRecord = { readonly salt: Uint8Array | null; readonly parameters: string | null }

/** The bytes of a master key, and what must be remembered to get them again. */
export type OpenedMaster = MasterRecord & {
  readonly bytes: Buffer
  /** Something the operator must know. */
  readonly warning: string | null
}

export type MasterKeySource = {
  readonly kind: 'key' | 'file' | 'passphrase' | 'generated'
  /**
   * @param known what the database remembers, or null when no master key was used with it yet
   * @throws with a sentence for the operator
   */
  readonly open: (known: MasterRecord | null) => Promise<OpenedMaster>
}

export type MasterSettings = {
  readonly key: Secret | null
  readonly keyFile: string | null
  readonly passphrase: Secret | null
  /** The data directory, where a generated key lies. */
  readonly data: string
  readonly dialect: Dialect
}

/**
 * Chooses where the master key comes from. There is no default key: without any of the three, one is generated on the
 * first start of an embedded database, and refused for PostgreSQL, whose other processes could not find it.
 *
 * @throws with a sentence for the operator when there are two sources, or none where one is needed
 * @example masterKeySource({ ...config.master, data: config.data, dialect: store.dialect })
 */
export function masterKeySource(settings: MasterSettings): MasterKeySource {
  const { key, keyFile, passphrase, data, dialect } = settings
  const given = [key, keyFile, passphrase].filter((source) => source !== null)
  if (given.length > 1) {
    throw new Error(
      'The master key is given more than once. Keep one of SALLYPORT_MASTER_KEY, SALLYPORT_MASTER_KEY_FILE and SALLYPORT_MASTER_PASSPHRASE.',
    )
  }
  if (key !== null) return Object.freeze({ kind: 'key', open: async () => fromKey(key) })
  if (keyFile !== null) return Object.freeze({ kind: 'file', open: async () => plain(await readKeyFile(keyFile)) })
  if (passphrase !== null) return Object.freeze({ kind: 'passphrase', open: (known) => derive(passphrase, known) })
  if (dialect === 'postgres') {
    throw new Error(
      'PostgreSQL needs a master key that every process has: set SALLYPORT_MASTER_KEY or SALLYPORT_MASTER_KEY_FILE. Make one with: openssl rand -base64 32',
    )
  }
  return generated(join(data, GENERATED_FILE))
}

function generated(path: string): MasterKeySource {
  return Object.freeze({
    kind: 'generated',
    open: async (known: MasterRecord | null) => {
      if (known !== null) return plain(await readKeyFile(path))
      const made = await generateKeyFile(path)
      const bytes = await readKeyFile(path)
      return { ...plain(bytes), warning: made ? generatedWarning(path) : null }
    },
  })
}

function generatedWarning(path: string): string {
  return `A master key was generated in ${path}. Keep a copy apart from the database: without it nothing that is sealed can be opened again.`
}

function fromKey(key: Secret): OpenedMaster {
  return plain(parseMasterKey(key.reveal(), 'SALLYPORT_MASTER_KEY'))
}

function plain(bytes: Buffer): OpenedMaster {
  return { bytes, salt: null, parameters: null, warning: null }
}

// RFC 7914. The salt is random and public: the same passphrase on two databases gives two keys.
async function derive(passphrase: Secret, known: MasterRecord | null): Promise<OpenedMaster> {
  const salt = known?.salt ?? randomBytes(SALT_BYTES)
  const parameters = known?.parameters ?? JSON.stringify(SCRYPT)
  const bytes = await stretch(passphrase.reveal().normalize('NFKC'), salt, readParameters(parameters))
  return { bytes, salt, parameters, warning: null }
}

// What stands in the database may only be what we wrote: a smaller cost put there would make guessing cheap.
function readParameters(text: string): typeof SCRYPT {
  if (text === JSON.stringify(SCRYPT)) return SCRYPT
  throw new Error('The database holds unknown scrypt parameters for the master passphrase; it was altered or is newer.')
}

function stretch(passphrase: string, salt: Uint8Array, cost: typeof SCRYPT): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, { ...cost, maxmem: SCRYPT_MEMORY }, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
