// Hands an element over to the walk, which draws in it; what comes first waits for the other.

export default function part({ data, parentElement, setStateValue }) {
  const shared = (globalThis.patchWalk ??= { waiting: new Map() });
  const call = { data, parent: parentElement, tell: setStateValue };
  if (shared.walk) shared.walk.take(call);
  else shared.waiting.set(parentElement, call);
}
