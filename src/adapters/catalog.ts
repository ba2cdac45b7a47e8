/** Every adapter, one line each. Config schema, JSON Schema, menus and docs are derived from these lists. No SDK loads here. */
import type { Catalog } from './define.ts'
import { openai } from './providers/openai.ts'
import { slack } from './sinks/slack.ts'
import { webhook } from './sinks/webhook.ts'
import { kubernetesState } from './states/kubernetes.ts'
import { awsSecretsManager } from './targets/aws-secrets-manager.ts'
import { dotenv } from './targets/dotenv.ts'
import { kubernetes } from './targets/kubernetes.ts'
import { vercel } from './targets/vercel.ts'

export const providers = [openai] as const
export const targets = [awsSecretsManager, dotenv, kubernetes, vercel] as const
/** Besides files, which need no adapter. */
export const states = [kubernetesState] as const

/** Where notices go. */
export const sinks = [slack, webhook] as const

export const catalog: Catalog = { providers, targets, states, sinks }
