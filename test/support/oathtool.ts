import { execFileSync } from 'node:child_process'
import { fileOf } from './backends.ts'

/** What both sides have agreed on besides the secret; unless told, what every authenticator app takes for granted. */
export type CodeKind = { readonly digits?: 6 | 7 | 8; readonly algorithm?: 'SHA1' | 'SHA256' | 'SHA512' }

/**
 * The time-based code (RFC 6238) of a secret, by a program that shares nothing with ours. Ask `canUse.oathtool` first.
 *
 * @param secret base32 (RFC 4648), in either case, with or without blanks
 * @param options.at the moment it is for; now unless told
 * @param options.period seconds of a time step
 */
export function totpOf(
  secret: string,
  options: CodeKind & { readonly at?: Date; readonly period?: number } = {},
): string {
  const { at = new Date(), period = 30, digits = 6, algorithm = 'SHA1' } = options
  const now = at.toISOString().replace('T', ' ').replace(/\..*/, ' UTC')
  return oathtool(secret, [`--totp=${algorithm}`, `--now=${now}`, `--time-step-size=${period}s`, `--digits=${digits}`])
}

/** The counter-based code (RFC 4226) of a secret. Ask `canUse.oathtool` first. */
export function hotpOf(secret: string, counter: number, { digits = 6 }: Pick<CodeKind, 'digits'> = {}): string {
  return oathtool(secret, ['--hotp', `--counter=${counter}`, `--digits=${digits}`])
}

function oathtool(secret: string, args: readonly string[]): string {
  return execFileSync(fileOf('oathtool'), ['--base32', ...args, '-'], {
    input: `${secret}\n`,
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()
}
