package checkpoint

import (
	"os"
	"path/filepath"
)

// ReadConfig reads config.json: path is a checkpoint directory or the file itself. The value
// is an object; what its keys mean is for the caller.
func ReadConfig(path string) (Value, error) {
	v, file, err := readConfig(path)
	if err != nil {
		return Value{}, err
	}
	if v.Kind() != Object {
		return Value{}, locate(v.wrong("an object"), file, "")
	}
	return v, nil
}

func readConfig(path string) (Value, string, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		dir, err := openFolder(path)
		if err != nil {
			return Value{}, path, err
		}
		defer dir.close()
		file := dir.join(ConfigFile)
		s, err := dir.open(ConfigFile)
		if err != nil {
			return Value{}, file, err
		}
		defer s.close()
		v, err := readJSON(s, JSONLimits{})
		return v, file, err
	}
	v, err := ReadJSON(filepath.Clean(path), JSONLimits{})
	return v, path, err
}

// ReadJSON reads one JSON file as ParseJSON does; errors name the file.
func ReadJSON(path string, limits JSONLimits) (Value, error) {
	s, err := openPath(path)
	if err != nil {
		return Value{}, err
	}
	defer s.close()
	return readJSON(s, limits)
}

func readJSON(s *source, limits JSONLimits) (Value, error) {
	limits = limits.withDefaults()
	text, err := s.readText(limits.Bytes)
	if err != nil {
		return Value{}, err
	}
	v, err := ParseJSON(text, limits)
	if err != nil {
		if other := otherFormat(s.path, text); other != nil {
			return Value{}, other
		}
		return Value{}, locate(err, s.path, "")
	}
	return v, nil
}
