import type { Check } from '../draft.ts'

const AT = ['oauth', 'signingKeys']

/** Rules about the keys that sign tokens. */
export const signingKeyChecks: readonly Check[] = [
  {
    name: 'a signing key is published for a part of its life, and stays until what it signed is dead',
    look: ({ oauth }, { say }) => {
      const { rotateEvery, publishBefore, retireAfter } = oauth?.signingKeys ?? {}
      if (rotateEvery !== undefined && publishBefore !== undefined && publishBefore >= rotateEvery)
        say([...AT, 'publishBefore'], 'must be shorter than `rotateEvery`')
      const { accessToken = 0, idToken = 0 } = oauth?.lifetimes ?? {}
      const resources = (oauth?.resources ?? []).map((resource) => resource?.lifetime ?? 0)
      if (retireAfter !== undefined && retireAfter < Math.max(accessToken, idToken, ...resources))
        say([...AT, 'retireAfter'], 'must be at least as long as the longest life of a token, in `oauth.lifetimes`')
    },
  },
  {
    name: 'a signing key from outside is in one place, and for an algorithm that is used',
    look: ({ oauth }, { say }) => {
      const { algorithms, from } = oauth?.signingKeys ?? {}
      from?.forEach((key, i) => {
        if (key === undefined || key.file === undefined || key.env === undefined) return
        if ((key.file === null) === (key.env === null)) say([...AT, 'from', i], 'must have either `file` or `env`')
        if (key.algorithm !== undefined && algorithms?.includes(key.algorithm) === false)
          say([...AT, 'from', i, 'algorithm'], 'must be one of `oauth.signingKeys.algorithms`')
        const twin = from.findIndex(
          (other) => other !== undefined && typeof other.id === 'string' && other.id === key.id,
        )
        if (twin !== -1 && twin < i) say([...AT, 'from', i, 'id'], 'is the id of another key')
      })
    },
  },
  {
    name: 'an API is signed for with an algorithm that there are keys for',
    look: ({ oauth }, { say }) => {
      const algorithms = oauth?.signingKeys?.algorithms
      oauth?.resources?.forEach((resource, i) => {
        const algorithm = resource?.algorithm
        if (typeof algorithm === 'string' && algorithms?.includes(algorithm) === false)
          say(['oauth', 'resources', i, 'algorithm'], 'must be one of `oauth.signingKeys.algorithms`')
      })
    },
  },
]
