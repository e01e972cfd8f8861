import { createSafeFetch, safeClient } from 'sallyport/guard'

/** How the shop asks others: for a page that a customer names, and the carrier for a parcel. */
export type Outside = {
  readonly preview: (url: string) => Promise<{ readonly status: number; readonly text: string }>
  readonly parcel: (id: string) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** As it is done everywhere. */
export function careless({ carrier }: { carrier: string }): Outside {
  return {
    preview: async (url) => {
      const answer = await fetch(url)
      return { status: answer.status, text: await answer.text() }
    },
    parcel: async (id) => (await fetch(`${carrier}/parcels/${id}`)).text(),
    stop: async () => undefined,
  }
}

const PARCEL = {
  type: 'object',
  required: ['id', 'grams', 'place'],
  properties: {
    id: { type: 'string', maxLength: 40 },
    grams: { type: 'integer', minimum: 1 },
    place: { type: 'string', pattern: "^[A-Za-z .'-]{1,80}$" },
  },
  additionalProperties: false,
}

/**
 * With the protections of `sallyport/guard`. On one machine an address of the loopback network has to stand for the internet;
 * outside none of these three relaxations is there.
 */
export function careful({ carrier }: { carrier: string }): Outside {
  const relaxed = { allowPrivateNetworks: ['127.0.0.2/32'], allowInsecureHttp: true, allowAnyPort: true }
  const outbound = createSafeFetch({ ...relaxed, maxBytes: 65_536 })
  const parcels = safeClient(PARCEL, { url: carrier, ...relaxed, maxBytes: 65_536, retries: { attempts: 1 } })
  return {
    preview: async (url) => {
      const answer = await outbound.safeFetch(url, { accept: ['text/*'], redirects: 3 })
      if (answer.ok) return { status: answer.value.status, text: answer.value.body.toString() }
      const { status, code, detail } = answer.problem
      return { status, text: JSON.stringify({ code, detail }) }
    },
    // A parcel that cannot be told about is no reason to fail.
    parcel: async (id) => {
      const asked = await parcels.ask(`parcels/${encodeURIComponent(id)}`)
      return asked.ok ? asked.value.body : { id, unknown: asked.problem.code }
    },
    stop: async () => {
      await Promise.all([outbound.stop(), parcels.stop()])
    },
  }
}
