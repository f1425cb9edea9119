// Hands an element over to the studio, which draws in it; what comes first waits for the other.

export default function part({ data, parentElement, setStateValue }) {
  const shared = (globalThis.latentStudio ??= { waiting: new Map() });
  const call = { data, parent: parentElement, tell: setStateValue };
  if (shared.studio) shared.studio.take(call);
  else shared.waiting.set(parentElement, call);
}
