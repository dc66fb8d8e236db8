// Why something failed, beside what caused it. The region is always there, since a screen reader watches those that it knows.
export function Problem({ message }: { message: string }) {
  return <div role="alert">{message !== '' && <p class="problem">{message}</p>}</div>;
}
