import { describe, expect, it } from 'vitest'
import { createGather } from './gather.ts'

type Row = { readonly id: string }

function gathering(read: (ids: readonly string[]) => Promise<readonly Row[]>) {
  const reads: (readonly string[])[] = []
  const find = createGather<string, Row>({
    read: (ids) => {
      reads.push(ids)
      return read(ids)
    },
    nameOf: (id) => id,
    nameIn: ({ id }) => id,
  })
  return { find, reads }
}

describe('look-ups of one turn', () => {
  it('are read together, each value once, and each asker gets its own row or none', async () => {
    const { find, reads } = gathering(async (ids) => ids.filter((id) => id !== 'absent').map((id) => ({ id })))
    const answers = await Promise.all(['b', 'absent', 'a', 'b'].map(find))
    expect(answers).toEqual([{ id: 'b' }, null, { id: 'a' }, { id: 'b' }])
    expect(reads).toEqual([['b', 'absent', 'a']])
  })

  it('of the next turn are read anew, what was found before as well', async () => {
    const { find, reads } = gathering(async (ids) => ids.map((id) => ({ id })))
    await find('a')
    await find('a')
    expect(reads).toEqual([['a'], ['a']])
  })

  it('that fail, fail for everybody who asked and for nobody after', async () => {
    let broken = true
    const { find } = gathering(async (ids) => {
      if (broken) throw new Error('no database')
      return ids.map((id) => ({ id }))
    })
    const answers = await Promise.allSettled([find('a'), find('b')])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    broken = false
    expect(await find('a')).toEqual({ id: 'a' })
  })
})
