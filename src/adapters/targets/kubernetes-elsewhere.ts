/** Signs that another controller writes a Secret, and would put its own value back. */
import type { SecretObject } from './kubernetes-shapes.ts'

interface Sign {
  readonly who: string
  /** Kinds of owner references. */
  readonly owner?: RegExp
  /** Labels or annotations, by name. */
  readonly mark?: RegExp
  /** Value of the label app.kubernetes.io/managed-by. */
  readonly managedBy?: RegExp
  /** Names in managed fields of whoever wrote data. */
  readonly writer?: RegExp
}

/** From each project's own documents: what it leaves on a Secret that it writes. */
const SIGNS: readonly Sign[] = [
  {
    who: 'External Secrets',
    owner: /^(?:Cluster)?ExternalSecret$/,
    mark: /^reconcile\.external-secrets\.io\//,
    writer: /^(?:externalsecrets\.)?external-secrets/,
  },
  { who: 'Argo CD', mark: /^argocd\.argoproj\.io\/(?:tracking-id|instance)$/, writer: /^argocd-/ },
  { who: 'Helm', mark: /^meta\.helm\.sh\/release-/, managedBy: /^Helm$/, writer: /^(?:helm|Helm)$/ },
  { who: 'Flux', mark: /^(?:kustomize|helm)\.toolkit\.fluxcd\.io\//, writer: /^(?:kustomize|helm)-controller$/ },
  { who: 'Sealed Secrets', owner: /^SealedSecret$/, mark: /^sealedsecrets\.bitnami\.com\//, writer: /^(?:kubeseal|sealed-secrets.*|controller)$/ },
  { who: 'the Vault Secrets Operator', owner: /^Vault(?:Static|Dynamic|PKI)Secret$/, managedBy: /^hashicorp-vso$/, writer: /^vault-secrets-operator$/ },
  { who: 'the 1Password operator', owner: /^OnePasswordItem$/, mark: /^operator\.1password\.io\// },
  { who: 'the Doppler operator', owner: /^DopplerSecret$/, mark: /^secrets\.doppler\.com\// },
  { who: 'the Infisical operator', owner: /^InfisicalSecret$/, mark: /^secrets\.infisical\.com\// },
  { who: 'the Secrets Store CSI driver', owner: /^SecretProviderClassPodStatus$/, mark: /^secrets-store\.csi\.k8s\.io\/managed$/ },
  { who: 'Reflector', mark: /^reflector\.v1\.k8s\.emberstack\.com\/(?:reflects|auto-reflects)$/ },
  { who: 'Kubernetes Replicator', mark: /^replicator\.v1\.mittwald\.de\/(?:replicate-from|replicated-)/ },
  { who: 'Kyverno', mark: /^generate\.kyverno\.io\//, managedBy: /^kyverno$/, writer: /^kyverno$/ },
  { who: 'Rancher Fleet', mark: /^objectset\.rio\.cattle\.io\//, writer: /^fleet/ },
  { who: 'Terraform', managedBy: /^[Tt]erraform$/, writer: /^(?:Terraform|HashiCorp|terraform-provider-.*)$/ },
  // the usual name of a program made with kubebuilder
  { who: 'an operator', writer: /^manager$/ },
  { who: 'Pulumi', managedBy: /^[Pp]ulumi$/, writer: /^pulumi/ },
]

const MANAGED_BY = 'app.kubernetes.io/managed-by'

/** Everybody who seems to write this Secret besides keyrot and people. Only known names are said; foreign text is not passed on. */
export function managersOf({ metadata }: SecretObject): readonly string[] {
  const { labels, annotations, ownerReferences, managedFields } = metadata
  const marks = Object.keys({ ...labels, ...annotations })
  const kinds = ownerReferences.map(({ kind }) => kind)
  const writers = managedFields.flatMap(({ manager, subresource, fieldsV1 }) =>
    subresource === undefined && fieldsV1?.['f:data'] !== undefined ? [manager ?? ''] : [],
  )
  const managedBy = labels[MANAGED_BY]
  const known = SIGNS.filter(
    ({ owner, mark, managedBy: by, writer }) =>
      kinds.some((kind) => owner?.test(kind)) ||
      marks.some((name) => mark?.test(name)) ||
      (managedBy !== undefined && by?.test(managedBy) === true) ||
      writers.some((name) => writer?.test(name)),
  )
  const others = [
    ...(kinds.some((kind) => SIGNS.every(({ owner }) => owner?.test(kind) !== true)) ? ['the object that owns it (owner reference)'] : []),
    ...(managedBy !== undefined && SIGNS.every(({ managedBy: by }) => by?.test(managedBy) !== true) ? [`whoever its label ${MANAGED_BY} names`] : []),
  ]
  return [...known.map(({ who }) => who), ...others]
}
