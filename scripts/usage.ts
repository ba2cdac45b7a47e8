/** `revoke NAME [flags]`: how a command is called, where it does not say so itself. */
export function usageOf(name: string, args: Readonly<Record<string, { readonly required?: boolean | undefined }>>): string {
  return [name, ...Object.entries(args).map(([arg, { required }]) => (required === true ? arg.toUpperCase() : `[${arg.toUpperCase()}]`)), '[flags]'].join(' ')
}
