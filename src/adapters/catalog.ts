/** Every adapter, one line each. Config schema, JSON Schema, menus and docs are derived from these lists. No SDK loads here. */
import type { Catalog } from './define.ts'
import { openai } from './providers/openai.ts'
import { dotenv } from './targets/dotenv.ts'

export const providers = [openai] as const
export const targets = [dotenv] as const

export const catalog: Catalog = { providers, targets }
