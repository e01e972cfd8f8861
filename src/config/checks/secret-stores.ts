import type { Check } from '../draft.ts'

/** Which setting belongs to which kind of store. */
const BELONGS = { folder: 'file', file: 'environment' } as const

/** Rules about secret stores. */
export const secretStoreChecks: readonly Check[] = [
  {
    name: 'a secret store has the settings of its kind, and no others',
    look: ({ secretStores }, { say }) => {
      for (const [name, store] of Object.entries(secretStores ?? {})) {
        if (store?.kind === undefined) continue
        if (store.kind === 'file' && store.folder === null)
          say(['secretStores', name, 'folder'], 'is missing: a store of kind `file` needs it', 'key')
        for (const setting of ['folder', 'file'] as const) {
          if (store[setting] === null || store[setting] === undefined || store.kind === BELONGS[setting]) continue
          say(['secretStores', name, setting], `belongs to stores of kind \`${BELONGS[setting]}\` only`, 'key')
        }
      }
    },
  },
  {
    name: 'two secret stores never write to one place',
    look: ({ secretStores }, { say }) => {
      const taken = new Map<string, string>()
      for (const [name, store] of Object.entries(secretStores ?? {})) {
        const place = store?.folder ?? store?.file
        if (place === undefined || place === null) continue
        const other = taken.get(place)
        if (other !== undefined) say(['secretStores', name], `uses the same place as \`${other}\`; keep one`, 'key')
        taken.set(place, name)
      }
    },
  },
]
