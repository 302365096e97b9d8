// As much of a browser as the modules look for when they are loaded.
const nothing = () => {};
// An open channel would keep the tests from ending.
Reflect.deleteProperty(globalThis, "BroadcastChannel");
Object.assign(globalThis, {
  location: { search: "", origin: "http://hub.example.org" },
  history: { pushState: nothing, replaceState: nothing },
  window: { addEventListener: nothing, removeEventListener: nothing },
  document: { addEventListener: nothing, documentElement: {} },
});
