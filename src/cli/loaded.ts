// Most of Sallyport is loaded when a command needs it: help, and what speaks to a server, should come at once.

export const server = () => import('../server/index.ts')

export const config = () => import('../config/index.ts')

export const audit = () => import('../audit/index.ts')

export const keys = () => import('../keys/index.ts')

export const inventory = () => import('../inventory/index.ts')

export const guard = () => import('../guard/index.ts')
