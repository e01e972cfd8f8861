import type { Check, RouteDraft } from '../draft.ts'
import { didYouMean } from '../likely.ts'
import { type Path, quoted } from '../path.ts'
import { eachRoute } from './routes.ts'

/** Names of audiences that say by themselves who is in them. */
const SELF_EVIDENT = ['public', 'owner']

/** Rules about which properties of which objects somebody may see, and whose objects are. */
export const propertyChecks: readonly Check[] = [
  {
    name: 'an audience says who is in it',
    look: ({ access }, { say }) => {
      for (const [type, of] of Object.entries(access?.properties ?? {})) {
        for (const [name, audience] of Object.entries(of?.audiences ?? {})) {
          const path = ['access', 'properties', type, 'audiences', name]
          const permission = audience?.permission
          if (permission === undefined) continue
          if (SELF_EVIDENT.includes(name) && permission !== null)
            say([...path, 'permission'], `has no meaning: who is ${quoted(name)} is known without it`, 'key')
          if (!SELF_EVIDENT.includes(name) && permission === null)
            say(path, 'needs `permission`: whoever holds it is in this audience')
          if (name === 'owner' && of?.owner === null)
            say(path, 'needs `owner` beside `audiences`, which says whose an object is')
        }
      }
    },
  },
  {
    name: 'nobody is shown or lets write a prototype',
    look: ({ access }, { say }) => {
      for (const [type, of] of Object.entries(access?.properties ?? {})) {
        for (const [name, audience] of Object.entries(of?.audiences ?? {})) {
          for (const list of ['readable', 'writable'] as const) {
            audience?.[list]?.forEach((path, i) => {
              if (path !== undefined && /(^|\.)__proto__/.test(path))
                say(['access', 'properties', type, 'audiences', name, list, i], 'may not name __proto__')
            })
          }
        }
      }
    },
  },
  {
    name: 'types that routes name are declared',
    look: (draft, { say }) => {
      const types = draft.access?.properties
      if (types === undefined) return
      eachRoute((route, path, tell) => {
        for (const [at, type] of namedTypes(route, path)) {
          if (Object.hasOwn(types, type)) continue
          const likely = didYouMean(type, Object.keys(types))
          tell(at, `there is no ${quoted(type)} in access.properties${likely}`)
        }
      })(draft, { say })
    },
  },
  {
    name: 'whose an object is can be told',
    look: (draft, { say }) => {
      eachRoute(({ match, require: wanted, output }, path, tell) => {
        const owner = wanted?.owner
        if (owner === undefined || owner === null || owner.from === undefined) return
        const at = [...path, 'require', 'owner']
        const { from, name, type } = owner
        if (from === 'answer') {
          if (typeof name === 'string') tell([...at, 'name'], 'has no meaning with `from: answer`', 'key')
          if (output?.properties !== undefined && type !== undefined && output.properties !== type)
            tell(at, `needs \`output: { properties: ${type} }\`: the answer is read as that`)
          const known = type === undefined ? undefined : draft.access?.properties?.[type]
          if (known?.owner === null)
            tell(at, `needs \`owner\` in access.properties.${type}, which says whose an object is`)
        } else if (name === null) tell(at, `needs \`name\`: what of the ${from} names the owner`)
        else if (from === 'path' && match?.path !== undefined && !match.path.split('/').includes(`{${name}}`))
          tell([...at, 'name'], `is no parameter of the path ${quoted(match.path)}`)
      })(draft, { say })
    },
  },
  {
    name: 'parameters that name objects are in the path',
    look: eachRoute(({ match, require: wanted }, path, tell) => {
      for (const kind of ['relation', 'policy'] as const) {
        const { from, name } = wanted?.[kind] ?? {}
        if (from !== 'path' || typeof name !== 'string' || match?.path === undefined) continue
        if (!match.path.split('/').includes(`{${name}}`))
          tell([...path, 'require', kind, 'name'], `is no parameter of the path ${quoted(match.path)}`)
      }
    }),
  },
  {
    name: 'what is said about properties has something to be about',
    look: eachRoute(({ input, output }, path, say) => {
      if (output?.properties === null && (typeof output.at === 'string' || (output.beside?.length ?? 0) > 0))
        say([...path, 'output'], 'has no meaning without `properties`')
      if (input?.properties === null && input.outside === 'strip')
        say([...path, 'input', 'outside'], 'has no meaning without `properties`', 'key')
    }),
  },
  {
    name: 'what may be seen beside objects is named by properties',
    look: eachRoute(({ output }, path, say) => {
      output?.beside?.forEach((property, i) => {
        if (property !== undefined && !BESIDE.test(property))
          say([...path, 'output', 'beside', i], 'must be a property such as `next`, `page.next` or `links[]`')
      })
    }),
  },
]

const BESIDE = /^(?!.*__proto__)[^\s.[\]*"\\]{1,128}(\[\])?(\.[^\s.[\]*"\\]{1,128}(\[\])?){0,15}$/

function namedTypes({ input, output, require: wanted }: NonNullable<RouteDraft>, path: Path): [Path, string][] {
  const named: [Path, string | null | undefined][] = [
    [[...path, 'input', 'properties'], input?.properties],
    [[...path, 'output', 'properties'], output?.properties],
    [[...path, 'require', 'owner', 'type'], wanted?.owner?.type],
  ]
  return named.flatMap(([at, type]): [Path, string][] => (typeof type === 'string' ? [[at, type]] : []))
}
