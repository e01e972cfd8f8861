import { createEnvironmentStore } from './environment-store.ts'
import { createFileStore } from './file-store.ts'
import type { SecretStore, SecretStores } from './secret-store.ts'

/** One store as it is configured. */
export type SecretStoreSettings = {
  readonly kind: 'file' | 'environment'
  readonly folder: string | null
  readonly file: string | null
  readonly versions: number
}

/**
 * Builds the secret stores of the configuration. Nothing is read or written until one is used.
 *
 * @param env where the environment store reads when it has no file
 * @throws when a store lacks the setting of its kind, which configuration has refused before
 * @example const stores = createSecretStores(config.secretStores, process.env)
 */
export function createSecretStores(
  settings: Readonly<Record<string, SecretStoreSettings>>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): SecretStores {
  const stores = new Map(Object.entries(settings).map(([name, of]) => [name, KINDS[of.kind](name, of, env)]))
  return Object.freeze({ get: (name: string) => stores.get(name) ?? null, names: Object.freeze([...stores.keys()]) })
}

type Build = (
  name: string,
  settings: SecretStoreSettings,
  env: Readonly<Record<string, string | undefined>>,
) => SecretStore

const KINDS: Readonly<Record<SecretStoreSettings['kind'], Build>> = {
  file: (name, { folder, versions }) => {
    if (folder === null) throw new Error(`the secret store "${name}" has no folder`)
    return createFileStore({ name, folder, versions })
  },
  environment: (name, { file, versions }, env) => createEnvironmentStore({ name, file, versions, env }),
}
