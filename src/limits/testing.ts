import { afterAll, beforeAll, describe } from 'vitest'
import { countingContract } from './testing/counting.ts'
import { decidingContract } from './testing/deciding.ts'
import type { Stage } from './testing/stage.ts'

export { BEGIN, type Stage } from './testing/stage.ts'

/**
 * What limits must hold to wherever they count.
 *
 * @param options.numRuns how many histories of each kind are played; fewer where each question travels
 */
export function limitsContract(
  name: string,
  open: () => Promise<Stage>,
  options: { readonly numRuns: number } = { numRuns: 100 },
): void {
  describe(`limits ${name}`, () => {
    let opened: Stage
    const stage = () => opened

    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened?.limits.stop())

    describe('a decision', () => decidingContract(stage))
    describe('counting', () => countingContract(stage, options.numRuns))
  })
}
