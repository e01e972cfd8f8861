import { randomBytes } from 'node:crypto'
import { Secret } from '../core/index.ts'
import { type MasterKeySource, masterKeySource } from './master-source.ts'

/** A master key of the test's own. */
export function testMaster(key: string = randomBytes(32).toString('base64')): MasterKeySource {
  return masterKeySource({ key: new Secret(key), keyFile: null, passphrase: null, data: '', dialect: 'sqlite' })
}
