import { describe, expect, it } from 'vitest'
import { compileModel } from './compile-model.ts'
import type { Expression } from './model.ts'
import { asModel, modelFormFaults } from './read-model.ts'
import { objectText, readObject, readSubject, subjectText } from './tuple.ts'

const user = { direct: ['user'] }
const withRelations = (relations: Record<string, unknown>) => ({ types: { user: {}, doc: { relations } } })

function faultsOf(value: unknown): readonly { path: string; message: string }[] {
  const form = modelFormFaults(value)
  return form.length > 0 ? form : compileModel(asModel(value), 1).faults
}

describe('a model of relations', () => {
  it('is refused where a name means nothing', () => {
    const unknown: [Record<string, Expression>, string][] = [
      [{ viewer: { direct: ['person'] } }, 'no type "person"'],
      [{ viewer: { direct: ['doc#reader'] } }, 'no relation "reader"'],
      [{ viewer: { relation: 'reader' } }, 'no relation "reader"'],
      [{ viewer: { relation: 'viewer', from: 'parent' } }, 'no relation "parent"'],
      [{ parent: user, viewer: { relation: 'viewer', from: 'parent' } }, 'none of the types'],
      [{ parent: { direct: ['user:*'] }, viewer: { relation: 'viewer', from: 'parent' } }, 'objects only'],
      [
        { owner: user, parent: { relation: 'owner' }, viewer: { relation: 'viewer', from: 'parent' } },
        'must be direct',
      ],
    ]
    for (const [relations, message] of unknown) {
      expect(faultsOf(withRelations(relations))[0]?.message).toContain(message)
    }
  })

  it('is refused where a relation excludes what depends on itself, or only repeats itself', () => {
    const twisted = {
      viewer: { base: user, except: { relation: 'banned' } },
      banned: { anyOf: [user, { relation: 'viewer' }] },
    }
    expect(faultsOf(withRelations(twisted))).toEqual([
      { path: 'types.doc.relations.viewer', message: 'excludes what depends on itself' },
    ])
    const throughTuples = { viewer: { base: user, except: { direct: ['doc#viewer'] } } }
    expect(faultsOf(withRelations(throughTuples))[0]?.message).toContain('depends on itself')
    const idle = { viewer: { relation: 'reader' }, reader: { relation: 'viewer' } }
    expect(faultsOf(withRelations(idle))[0]?.message).toContain('comes back to itself')
    expect(faultsOf(withRelations({ ...idle, reader: { anyOf: [user, { relation: 'viewer' }] } }))).toEqual([])
  })

  it('is refused beyond its bounds', () => {
    const nested = (depth: number): unknown => (depth === 0 ? user : { anyOf: [nested(depth - 1)] })
    expect(faultsOf(withRelations({ viewer: nested(7) }))).toEqual([])
    expect(faultsOf(withRelations({ viewer: nested(8) }))[0]?.message).toContain('nested')
    expect(
      faultsOf(withRelations({ viewer: { anyOf: Array.from({ length: 100 }, () => user) } }))[0]?.message,
    ).toContain('parts')
    const names = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`r${i}`, user]))
    expect(faultsOf(withRelations(names))[0]?.message).toContain('at most 100')
    expect(faultsOf({ types: Object.fromEntries(Object.keys(names).map((it) => [it, {}])) })[0]?.message).toContain(
      'at most 100',
    )
  })

  it('is refused where its form is another, also by names that objects have from the start', () => {
    const wrong: unknown[] = [
      null,
      [],
      { types: [] },
      { types: {}, more: 1 },
      { types: { 'a b': {} } },
      { types: { doc: { relation: {} } } },
      JSON.parse('{"types":{"__proto__":{"relations":{}}}}'),
      withRelations({ viewer: {} }),
      withRelations({ viewer: { direct: ['user'], relation: 'x' } }),
      withRelations({ viewer: { direct: 'user' } }),
      withRelations({ viewer: { direct: ['user#'] } }),
      withRelations({ viewer: { direct: ['user#a:*'] } }),
      withRelations({ viewer: { anyOf: [] } }),
      withRelations({ viewer: { base: user } }),
      withRelations({ viewer: { relation: 'constructor' } }),
      withRelations({ viewer: { direct: ['toString'] } }),
    ]
    for (const value of wrong) expect(faultsOf(value)).not.toEqual([])
  })
})

describe('an id in a tuple', () => {
  it('holds what separates behind a backslash, and is written so again', () => {
    const id = 'ada@example.com:1#\\'
    const text = objectText({ type: 'user', id })
    expect(text).toBe('user:ada\\@example.com\\:1\\#\\\\')
    expect(readObject(text)).toEqual({ value: { type: 'user', id } })
    const subject = { type: 'group', id: 'a#b', relation: 'member' }
    expect(readSubject(subjectText(subject))).toEqual({ value: subject })
  })

  it.each([
    'user',
    'user:',
    ':ada',
    'user:ada@example.com',
    'user:a:b',
    'user:a#b#c',
    'user:ada\\',
    'user:a b',
    'user:a\nb',
    'user:a\u0000b',
    'user:\u202eada',
    'user:a\u200bda',
    'user:\ud800',
    'us er:ada',
    'usér:ada',
    `user:${'a'.repeat(257)}`,
    'user:\\*',
    'user:*#member',
    'user:e\u0301ve',
  ])('is refused as %j', (text) => {
    expect(readSubject(text)).toHaveProperty('fault')
  })

  it('is somebody else where a letter of another alphabet looks like one of theirs', () => {
    const [latin, cyrillic] = [readSubject('user:ada'), readSubject('user:\u0430da')]
    expect(latin).toMatchObject({ value: { id: 'ada' } })
    expect(cyrillic).toMatchObject({ value: { id: '\u0430da' } })
    expect(cyrillic).not.toEqual(latin)
  })

  it('says that it is not in normal form where it looks like another', () => {
    expect(readObject('user:e\u0301ve')).toEqual({ fault: expect.stringContaining('NFC') })
    expect(readObject('user:éve')).toHaveProperty('value')
  })
})
