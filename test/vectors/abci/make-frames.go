// Writes frames.json: every request and response of ABCI 2.0 as CometBFT's own Go code frames it, beside the same message in
// protobuf's JSON mapping. Each kind three times: with nothing set, with every field set, and with the extremes of its integers.
// Run in this folder: `go run . > frames.json`.
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"time"

	"github.com/cosmos/gogoproto/jsonpb"
	"github.com/cosmos/gogoproto/proto"

	"github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/proto/tendermint/crypto"
)

type vector struct {
	Kind  string          `json:"kind"`
	Fill  string          `json:"fill"`
	Frame string          `json:"frame"`
	Value json.RawMessage `json:"value"`
}

// filler sets every field it meets; numbers and texts differ from field to field, so that no two can be mistaken.
type filler struct {
	extreme bool
	count   int64
}

func (f *filler) next() int64 {
	f.count++
	return f.count
}

func (f *filler) fill(v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1_700_000_000+f.next(), 123_456_789).UTC()))
		return
	case time.Duration:
		v.SetInt(int64(time.Second) * f.next())
		return
	case crypto.PublicKey:
		v.Set(reflect.ValueOf(crypto.PublicKey{Sum: &crypto.PublicKey_Ed25519{Ed25519: bytes.Repeat([]byte{byte(f.next())}, 32)}}))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d: ä€𝄞", f.next()))
	case reflect.Int32:
		if _, isEnum := v.Interface().(fmt.Stringer); isEnum {
			v.SetInt(1)
		} else if f.extreme {
			v.SetInt(math.MinInt32)
		} else {
			v.SetInt(f.next())
		}
	case reflect.Int64:
		if f.extreme && f.next()%2 == 0 {
			v.SetInt(math.MinInt64)
		} else if f.extreme {
			v.SetInt(math.MaxInt64)
		} else {
			v.SetInt(f.next() * 1_000_003)
		}
	case reflect.Uint32:
		if f.extreme {
			v.SetUint(math.MaxUint32)
		} else {
			v.SetUint(uint64(f.next()))
		}
	case reflect.Uint64:
		if f.extreme {
			v.SetUint(math.MaxUint64)
		} else {
			v.SetUint(uint64(f.next()) << 33)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(bytes.Repeat([]byte{byte(f.next())}, int(f.count%200)+1))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := 0; i < 3; i++ {
			f.fill(v.Index(i))
		}
	case reflect.Ptr:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			// Authority came after ABCI 2.0.0.
			if field := v.Type().Field(i); field.IsExported() && field.Name != "Authority" {
				f.fill(v.Field(i))
			}
		}
	}
}

// kinds are the wrappers of the oneof of a message: *types.Request_Echo and so on.
func kinds(message interface{ XXX_OneofWrappers() []interface{} }) []reflect.Type {
	all := []reflect.Type{}
	for _, wrapper := range message.XXX_OneofWrappers() {
		all = append(all, reflect.TypeOf(wrapper).Elem())
	}
	return all
}

func frame(message proto.Message) string {
	var out bytes.Buffer
	check(types.WriteMessage(message, &out))
	return hex.EncodeToString(out.Bytes())
}

func asJSON(message proto.Message) json.RawMessage {
	text, err := (&jsonpb.Marshaler{EmitDefaults: true}).MarshalToString(message)
	check(err)
	return json.RawMessage(text)
}

func filled(wrapper reflect.Type, fill string) reflect.Value {
	value := reflect.New(wrapper)
	inner := value.Elem().Field(0)
	inner.Set(reflect.New(inner.Type().Elem()))
	if fill != "empty" {
		(&filler{extreme: fill == "extreme"}).fill(inner.Elem())
	}
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	vectors := []vector{}
	for _, fill := range []string{"empty", "full", "extreme"} {
		for _, kind := range kinds(&types.Request{}) {
			request := &types.Request{}
			reflect.ValueOf(request).Elem().Field(0).Set(filled(kind, fill))
			vectors = append(vectors, vector{kind.Name(), fill, frame(request), asJSON(request)})
		}
		for _, kind := range kinds(&types.Response{}) {
			response := &types.Response{}
			reflect.ValueOf(response).Elem().Field(0).Set(filled(kind, fill))
			vectors = append(vectors, vector{kind.Name(), fill, frame(response), asJSON(response)})
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	check(encoder.Encode(vectors))
}
