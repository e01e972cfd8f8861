import type { Check } from '../draft.ts'
import { didYouMean } from '../likely.ts'
import { quoted } from '../path.ts'
import { eachRoute } from './routes.ts'

/** Rules about documents of APIs. */
export const openapiChecks: readonly Check[] = [
  {
    name: 'documents that routes point to are named',
    look: (draft, { say }) => {
      const documents = draft.gateway?.documents
      if (documents === undefined) return
      eachRoute(({ input }, path, tell) => {
        const document = input?.openapi?.document
        if (document === undefined || Object.hasOwn(documents, document)) return
        const likely = didYouMean(document, Object.keys(documents))
        tell(
          [...path, 'input', 'openapi', 'document'],
          `there is no document ${quoted(document)} in gateway.documents${likely}`,
        )
      })(draft, { say })
    },
  },
]
