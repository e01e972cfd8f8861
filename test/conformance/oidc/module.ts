import { it } from 'vitest'

/**
 * A case that does what the module of this name in the OpenID Foundation's conformance suite checks.
 *
 * @param name of the module, as the suite has it
 * @param sentence what it shows
 * @example conforms('oidcc-userinfo-get', 'userinfo answers a GET', async () => { … })
 */
export function conforms(name: string, sentence: string, work: () => Promise<void>): void {
  it(`${name}: ${sentence}`, work)
}
