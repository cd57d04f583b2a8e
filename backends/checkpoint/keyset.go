package checkpoint

// keySet remembers keys; most objects have a handful, which need no map.
type keySet struct {
	few  []string
	many map[string]struct{}
}

func (k *keySet) add(key string) bool {
	if k.many != nil {
		_, known := k.many[key]
		k.many[key] = struct{}{}
		return !known
	}
	for _, old := range k.few {
		if old == key {
			return false
		}
	}
	if k.few = append(k.few, key); len(k.few) > 8 {
		k.many = make(map[string]struct{}, 2*len(k.few))
		for _, old := range k.few {
			k.many[old] = struct{}{}
		}
	}
	return true
}
